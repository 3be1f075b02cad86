//go:build race

package server

// manyApps are fewer than the thousand that are ordinary: under the race detector each costs
// five to ten times as much.
const manyApps = 250
