// Package call has the commands about calls: the signals of spec/00 §5, and what callers
// need of TURN and LiveKit servers. They are methods alone; the rules stand in chat/call.
package call
