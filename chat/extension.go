package chat

// Extension is a key and value on a message (spec/22b §9). Seq counts the writes of
// the message's extensions; it is that of the last one of this key.
type Extension struct {
	Key, Value string
	Seq        uint64
}

// ExtensionResult is the outcome of one entry of a write: after a conflict with the
// extension as it is.
type ExtensionResult struct {
	Code Code
	Extension
}

// ExtensionChange is what an event tells of extensions.
type ExtensionChange struct {
	Set     []Extension `json:",omitempty"`
	Deleted []string    `json:",omitempty"`
}

// PinChange is what an event tells of a pinned message.
type PinChange struct {
	Pinned   bool
	Operator Person
}
