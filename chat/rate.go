package chat

// rates keeps the message rate of each group (spec/20 §8).
type rates struct{}

func newRates() *rates { return &rates{} }
