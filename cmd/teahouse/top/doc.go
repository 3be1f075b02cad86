// Package top is `teahouse top`: what a running server does at the moment, in a terminal. It asks
// the API of operators for counters (docs/operator.md, "Overview"), makes rates of them and draws
// a screen. It knows what that API answers and nothing else of the server, and it changes nothing.
//
// Start reading at [Run]; [Meter] makes rates, and screen.go draws.
package top
