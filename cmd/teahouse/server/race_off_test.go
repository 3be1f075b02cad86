//go:build !race

package server

// manyApps is what is ordinary (docs/sizing.md).
const manyApps = 1000
