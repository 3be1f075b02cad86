package server

import (
	"fmt"
	"net"
	"slices"
)

// machineAddresses are the addresses of this machine that others may see: what the program
// can know of where it is reached and calls webhooks from (spec/09 §F).
func machineAddresses() ([]string, error) {
	all, err := net.InterfaceAddrs()
	if err != nil {
		return nil, fmt.Errorf("list addresses: %w", err)
	}
	list := []string{}
	for _, a := range all {
		if n, ok := a.(*net.IPNet); ok && n.IP.IsGlobalUnicast() {
			list = append(list, n.IP.String())
		}
	}
	slices.Sort(list)
	return slices.Compact(list), nil
}
