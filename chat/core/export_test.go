package core

import "github.com/teahouse-im/teahouse/chat/ledger"

// Ledger lets tests read and write what no room shows.
func (c *Core) Ledger() *ledger.Ledger { return c.ledger }
