//go:build !race

package badger

const raced = false
