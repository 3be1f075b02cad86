// Package group has the commands about groups: the groups themselves, members,
// mutes, requests to join, and topics.
//
// Messages in groups are not here but in package message. What differs by type of
// group stands in the core, in no if of this package but for the forms that the
// contract gives by type. Start reading at [Rows]; fields.go has the members of
// profiles that a filter chooses.
package group
