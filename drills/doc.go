// Package drills attacks the program and breaks things around it, and asks
// whether honest users notice. Each drill is a program that stops by itself and
// stays on this machine's loopback addresses.
//
// An attack runs in a process of its own against one server, while pairs of
// honest users write to each other at a modest pace; their control is the same
// pairs on a second server, beside a process that only burns as much CPU as the
// attacker did. The time of a message counts from when it should have been sent,
// so a server that stands still cannot hide it. A drill fails when the 99th
// percentile beside the attack is more than -within times that of the control,
// when an acknowledged message is lost or comes twice, or when the server ends. The
// column "cores" is what the attacked server used meanwhile.
//
// The tests carry the build tag drills: "make drills" runs them and prints a row
// for each. Flags: -window and -rounds set how long each attack lasts, -within
// what is allowed, -much how many bytes are backed up and restored (10000000000 takes an hour and
// 20 GB of the disk), -teahouse names a program that is built already.
//
// Start reading at house_test.go, then subscribe_test.go, the first attack.
package drills
