package chat

import (
	"fmt"
	"slices"
	"strings"
	"testing"
)

// What a new device competes with, by policy (spec/08 §5).
func TestLoginClasses(t *testing.T) {
	all := []Platform{PlatformIOS, PlatformAndroid, PlatformIPad, PlatformWindows, PlatformMac, PlatformLinux, PlatformIoT, PlatformWeb}
	some := map[Platform]int{PlatformWeb: 3, PlatformAndroid: 2}
	for _, c := range []struct {
		policy    LoginPolicy
		instances map[Platform]int
		platform  Platform
		want      string
	}{
		{"", nil, PlatformIOS, "any of iOS"},
		{LoginMulti, nil, PlatformWeb, "any of Web"},
		{LoginMulti, some, PlatformWeb, "3 of Web"},
		{LoginMulti, some, PlatformAndroid, "2 of Android"},
		{LoginMulti, some, PlatformIOS, "any of iOS"},
		{LoginSingle, some, PlatformWeb, "1 of iOS Android iPad Windows Mac Linux IoT Web"},
		{LoginSingle, nil, PlatformIoT, "1 of iOS Android iPad Windows Mac Linux IoT Web"},
		{LoginDual, nil, PlatformWeb, "1 of Web"},
		{LoginDual, some, PlatformWeb, "3 of Web"},
		{LoginDual, some, PlatformAndroid, "1 of iOS Android iPad Windows Mac Linux IoT"},
		{LoginTriple, nil, PlatformWeb, "1 of Web"},
		{LoginTriple, some, PlatformIPad, "1 of iOS Android iPad"},
		{LoginTriple, some, PlatformLinux, "1 of Windows Mac Linux IoT"},
	} {
		l := Login{Policy: c.policy, Instances: c.instances}
		same, most := l.Class(c.platform)
		var names []string
		for _, p := range slices.DeleteFunc(slices.Clone(all), func(p Platform) bool { return !same(p) }) {
			names = append(names, string(p))
		}
		got := fmt.Sprintf("%d of %s", most, strings.Join(names, " "))
		if got = strings.Replace(got, "0 of", "any of", 1); got != c.want {
			t.Errorf("%s %v, %s: %s, want %s", c.policy, c.instances, c.platform, got, c.want)
		}
	}
}
