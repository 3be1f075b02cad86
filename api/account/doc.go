// Package account has the commands about accounts and the login: import, check,
// delete and kick for administrators, me and help for everybody.
//
// It does not say who may connect; the doors do, with package ticket. Start
// reading at [Rows].
package account
