// Package media keeps account of the files that users send: who has sent what, which
// messages name it, who may read it, and when it goes. The bytes lie behind the port [Store],
// and cross no line of this package.
//
// A file is a row of a media shard, found by its UUID alone; beside it lies a row for each
// message that names it, put there by the message's own commit (room message asks [Service.Admit]
// and takes the rows of [Service.Refs]). An address is the right to read: it is signed for a day or so, and signed
// anew wherever a message leaves the core ([Addresses]). The room refuses to name what the sender may
// not read, to give addresses to who may not, and to keep what nobody names any more ([Service.Sweep]).
//
// Start reading at [Service.Begin], then [Service.Admit].
package media
