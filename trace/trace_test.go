package trace

import (
	"fmt"
	"strings"
	"testing"
)

const (
	id     = "4bf92f3577b34da6a3ce929d0e0e4736"
	span   = "00f067aa0ba902b7"
	parent = "00-" + id + "-" + span + "-01"
)

func TestParse(t *testing.T) {
	for _, c := range []struct{ name, parent, want string }{
		{"sampled", parent, parent},
		{"not sampled", "00-" + id + "-" + span + "-00", "00-" + id + "-" + span + "-00"},
		{"random", "00-" + id + "-" + span + "-03", "00-" + id + "-" + span + "-03"},
		{"unknown flags are not passed on", "00-" + id + "-" + span + "-ff", "00-" + id + "-" + span + "-03"},
		{"later version", "cc-" + id + "-" + span + "-01", parent},
		{"later version with more", "cc-" + id + "-" + span + "-01-what-comes", parent},
		{"later version with more and no dash", "cc-" + id + "-" + span + "-01.what", ""},
		{"version 00 with more", parent + "-00", ""},
		{"version ff", "ff-" + id + "-" + span + "-01", ""},
		{"version not hexadecimal", "0g-" + id + "-" + span + "-01", ""},
		{"capitals", strings.ToUpper(parent), ""},
		{"trace of zeros", "00-" + strings.Repeat("0", 32) + "-" + span + "-01", ""},
		{"span of zeros", "00-" + id + "-" + strings.Repeat("0", 16) + "-01", ""},
		{"cut short", parent[:54], ""},
		{"flags not hexadecimal", parent[:53] + "0.", ""},
		{"another separator", strings.ReplaceAll(parent, "-", "_"), ""},
		{"blank before it", " " + parent, ""},
		{"nothing", "", ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			got := Parse(c.parent, "a=1")
			if c.want == "" {
				if got != nil {
					t.Errorf("got %+v, want nothing", got)
				}
				return
			}
			if got == nil || got.Parent != c.want || got.State != "a=1" || got.ID() != id {
				t.Errorf("got %+v, want %s", got, c.want)
			}
		})
	}
}

func TestState(t *testing.T) {
	many := func(n int) string {
		var list []string
		for i := range n {
			list = append(list, fmt.Sprintf("k%d=v", i))
		}
		return strings.Join(list, ",")
	}
	long := "long=" + strings.Repeat("x", 200)
	for _, c := range []struct{ name, state, want string }{
		{"one", "rojo=00f067aa0ba902b7", "rojo=00f067aa0ba902b7"},
		{"order is kept", "b=2,a=1", "b=2,a=1"},
		{"blanks and empty members", " a=1 ,, b=2\t,", "a=1,b=2"},
		{"tenant", "fw529a3039@dt=1", "fw529a3039@dt=1"},
		{"digit begins the key", "0a=1", "0a=1"},
		{"value with a blank inside", "a=b c", "a=b c"},
		{"32 members", many(32), many(32)},
		{"33 members", many(33), ""},
		{"the same key twice", "a=1,a=2", ""},
		{"no equals sign", "a", ""},
		{"two equals signs", "a=b=c", ""},
		{"capital in the key", "A=1", ""},
		{"empty value", "a=", ""},
		{"empty key", "=1", ""},
		{"two tenants", "a@b@c=1", ""},
		{"not ASCII", "a=é", ""},
		{"line end", "a=1\nb", ""},
		{"value too long", "a=" + strings.Repeat("x", 257), ""},
		{"key too long", strings.Repeat("a", 257) + "=1", ""},
		{"long members go first", long + ",a=1,l2=" + strings.Repeat("y", 190) + "," + "l3=" + strings.Repeat("z", 190), long + ",a=1,l2=" + strings.Repeat("y", 190)},
		{"then those at the end", many(20) + "," + strings.Repeat("b", 100) + "=" + strings.Repeat("1", 20) + ",c=" + strings.Repeat("2", 120) + ",d=" + strings.Repeat("3", 120) + ",e=" + strings.Repeat("4", 120), many(20) + "," + strings.Repeat("b", 100) + "=" + strings.Repeat("1", 20) + ",c=" + strings.Repeat("2", 120) + ",d=" + strings.Repeat("3", 120)},
		{"too long to look at", strings.Repeat("a", 9000), ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := Parse(parent, c.state); got == nil || got.State != c.want {
				t.Errorf("got %+v, want %q", got, c.want)
			}
		})
	}
}

func TestChild(t *testing.T) {
	c := Parse(parent, "a=1")
	one, two := c.Child(), c.Child()
	for _, child := range []string{one, two} {
		again := Parse(child, "")
		if again == nil || again.Parent != child || again.ID() != id || child[53:] != "01" || strings.Contains(child, span) {
			t.Errorf("child is %q", child)
		}
	}
	if one == two {
		t.Errorf("both calls have the span of %s", one)
	}
}

func TestNone(t *testing.T) {
	var c *Context
	if c.ID() != "" || c.Child() != "" || len(c.Attrs("a", 1)) != 2 {
		t.Error("no trace says something")
	}
	if broken := (&Context{Parent: "00-"}); broken.Child() != "" || broken.ID() != "" {
		t.Error("what Parse has not made says something")
	}
	if got := fmt.Sprint(Parse(parent, "").Attrs("a", 1)...); got != fmt.Sprint("a", 1, "trace_id", id) {
		t.Errorf("attributes are %s", got)
	}
}

// What is taken prints back to something that is taken again and means the same, within bounds.
func FuzzParse(f *testing.F) {
	f.Add(parent, "a=1,b=2")
	f.Add("cc-"+id+"-"+span+"-ff-more", " a@b=x ,, c=y")
	f.Add("", strings.Repeat("a=1,", 40))
	f.Fuzz(func(t *testing.T, p, s string) {
		c := Parse(p, s)
		if c == nil {
			return
		}
		if len(c.Parent) != 55 || len(c.State) > MostState {
			t.Fatalf("out of bounds: %+v", c)
		}
		if again := Parse(c.Parent, c.State); again == nil || *again != *c {
			t.Fatalf("%+v is read again as %+v", c, again)
		}
		if child := Parse(c.Child(), c.State); child == nil || child.ID() != c.ID() {
			t.Fatalf("child of %+v", c)
		}
	})
}
