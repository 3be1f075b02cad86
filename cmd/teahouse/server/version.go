package server

// Version is the version of the program, in CHANGELOG.md too.
const Version = "0.1.0"
