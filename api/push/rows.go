package push

import (
	"slices"

	"github.com/teahouse-im/teahouse/api"
)

// Rows lists the commands of this family.
func Rows() []*api.Command {
	return slices.Concat(deviceRows(), allMemberRows(), timpushRows())
}
