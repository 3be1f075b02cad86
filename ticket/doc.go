// Package ticket mints and checks the credentials of a caller: the UserSig of
// spec/01, and the JSON web tokens of spec/00 §1.
//
// It refuses to know accounts, sessions or storage. In particular it does not
// know who was kicked: whether a kick has revoked a ticket (spec/01 §6) is asked of the
// core, because that may change while a ticket stays the same.
//
// Start reading at [Verifier.Verify]; the UserSig itself is in usersig.go and
// follows spec/01 §2 to §4 line by line.
package ticket
