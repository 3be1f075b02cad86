// Package push has the commands about pushes: where a device is reached, and what it has
// opened; pushes to many, and what chooses their users.
//
// Who is pushed a message is decided in the core. Start reading at [Rows].
package push
