package api

import "github.com/teahouse-im/teahouse/chat"

// InTopic is the group that a command means which takes GroupId and TopicId (spec/22b):
// the topic when one is named, which has to be the group's own.
func InTopic(group, topic chat.GroupID) (chat.GroupID, error) {
	switch {
	case topic == "":
		return group, nil
	case topic.IsTopic() && topic.Home() == group:
		return topic, nil
	}
	return "", chat.Refuse(chat.CodeBadGroupID, "TopicId is not of a topic of the group")
}
