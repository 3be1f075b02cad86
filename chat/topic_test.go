package chat

import "testing"

func TestHomeOfGroups(t *testing.T) {
	for id, home := range map[GroupID]GroupID{
		"":                                    "",
		"tea":                                 "tea",
		"tea@TOPIC#_x":                        "tea@TOPIC#_x", // a group may be called so
		"@TGS#ABC":                            "@TGS#ABC",
		"@TGS#_tea":                           "@TGS#_tea",
		"@TGS#_tea@TOPIC#_green":              "@TGS#_tea",
		"@TGS#_tea@TOPIC#_@TOPIC#_ABC":        "@TGS#_tea",
		"@TGS#_@TGS#ABC@TOPIC#_@TOPIC#_GREEN": "@TGS#_@TGS#ABC",
	} {
		if got := id.Home(); got != home || id.IsTopic() != (home != id) || home.Home() != home {
			t.Errorf("home of %q: %q, a topic: %v", id, got, id.IsTopic())
		}
	}
}
