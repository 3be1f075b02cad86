package group

import (
	"slices"

	"github.com/teahouse-im/teahouse/api"
)

// Rows lists the commands of this family.
func Rows() []*api.Command {
	return slices.Concat(profileRows(), joinRequestRows(), memberRows(), muteRows(), liveRows(), topicRows(), banRows(), attrRows(), counterRows(), notifyRows(), importRows(), searchRows())
}
