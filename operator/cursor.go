package operator

import (
	"encoding/base64"
	"encoding/json"
)

// cursorOf makes a cursor of what a page ends with.
func cursorOf(parts ...any) string {
	text, err := json.Marshal(parts)
	if err != nil {
		return "" // parts are texts and numbers
	}
	return base64.RawURLEncoding.EncodeToString(text)
}

// readCursor reads one back into as many parts.
func readCursor(cursor string, parts ...any) error {
	wrong := bad("cursor: is none of ours")
	text, err := base64.RawURLEncoding.DecodeString(cursor)
	if err != nil {
		return wrong
	}
	var raw []json.RawMessage
	if json.Unmarshal(text, &raw) != nil || len(raw) != len(parts) {
		return wrong
	}
	for i, p := range parts {
		if json.Unmarshal(raw[i], p) != nil {
			return wrong
		}
	}
	return nil
}
