package chat

// asking keeps the order of drafts that wait for the app's answer.
type asking struct{}

func newAsking() *asking { return &asking{} }

func (a *asking) close() {}
