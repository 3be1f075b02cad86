package message

import (
	"slices"

	"github.com/teahouse-im/teahouse/api"
)

// Rows lists the commands of this family.
func Rows() []*api.Command {
	return slices.Concat(c2cRows(), groupRows(), messageRows(), receiptRows(), reactionRows(), modifyRows(), extensionRows(), pinRows(), mergedRows(), importRows(), deleteRows())
}
