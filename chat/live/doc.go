// Package live is the room of what is seen and done in an AVChatRoom from outside: how
// many are online, who they are, and their marks (spec/22b §12).
//
// It refuses to let anybody in or out: joining and quitting, banning and disbanding are
// changes of a group. It stores nothing: who watches lies in package audience.
//
// Start reading at [Service.OnlineMembers] in online.go.
package live
