// Package topics is the grammar of the MQTT contract (spec/00): it turns topic
// text into values and values into topic text, and decides which subscription
// filters ask for which of those topics.
//
// It refuses to know who is asking, what a payload says or whether a group
// exists. Topics here are as the client writes them, without the {app}/{user}
// prefix under which the server mounts them.
//
// Start reading at [ParsePublish] for what clients send, at [Outbound] for what
// they receive, and at [Set] for how a session's filters are asked on the
// delivery path.
package topics
