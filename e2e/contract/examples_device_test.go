//go:build e2e

package contract

import (
	"fmt"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// ticketFor is what a line of a shell asks for; kind is "--jwt" or "".
func ticketFor(user, kind string) string {
	return fmt.Sprintf(`"$TEAHOUSE" usersig make %s --sdkappid $IM_SDKAPPID --user %s --key-file <(printf %%s "$IM_KEY")`, kind, user)
}

// A sensor with 256 bytes for packets loses no reading when the server goes and comes, does as
// it is told, and outlives packets that it has no room for.
func TestExampleSensor(t *testing.T) {
	t.Parallel()
	data, tool := t.TempDir(), filepath.Join(t.TempDir(), "sensor")
	if out, err := exec.Command("cc", "-Wall", "-Wextra", "-Werror", "-o", tool, filepath.Join(examples(t), "sensor/sensor.c")).CombinedOutput(); err != nil {
		t.Fatalf("cc: %v\n%s", err, out)
	}
	s := start(t, "--data", data)
	bob := s.listens(t, "bob")
	sensor := s.plays(t, "TICKET=$("+ticketFor("probe", "")+`) exec `+tool+` "$HOST" "$PORT" probe c2c/bob`)
	sensor.shows("connected\n")
	sensor.types("21.5")
	sensor.shows("stored: 21.5\n")
	bob.in().body(t, "im/in/c2c/probe", saying("21.5"))
	mustSend(t, bob, "im/text/c2c/probe", strings.Repeat("long", 1000), 1)
	sensor.shows("longl (cut)\n")
	mustSend(t, bob, "im/text/c2c/probe", "on", 1)
	sensor.shows("switched on\n")
	bob.bye(t)
	if err := s.Stop(); err != nil {
		t.Fatal(err)
	}
	sensor.types("22.5") // while nobody is there
	s = s.again(t, data)
	sensor.shows("stored: 22.5\n")
	bob = s.listens(t, "bob")
	mustSend(t, bob, "im/text/c2c/probe", "off", 1)
	sensor.shows("switched off\n")
	if n := len(said(mustAsk(t, bob, "msg.history", object{"Conv": "c2c/probe"}), "22.5")); n != 1 {
		t.Errorf("the reading is there %d times", n)
	}
	sensor.Close()
	sensor.ends()
}

// The sketch talks with the packets of its library, and comes back after its server.
func TestExampleSketch(t *testing.T) {
	t.Parallel()
	data, tool := t.TempDir(), filepath.Join(t.TempDir(), "sketch")
	s := start(t, "--data", data)
	bob := s.listens(t, "bob")
	build := s.plays(t, `g++ -std=c++17 -Wall -Wextra -Werror -I ../e2e/contract/arduino -DSKETCH='"'$PWD/arduino/teahouse/teahouse.ino'"' -DSETTINGS \
		-DWIFI_NAME='"tea"' -DWIFI_PASSWORD='""' -DHOST="\"$HOST\"" -DPORT="$PORT" -DUSER='"kettle"' -DTO='"c2c/bob"' -DEVERY=3600000 \
		-DTICKET="\"$(`+ticketFor("kettle", "--jwt")+`)\"" -o `+tool+` ../e2e/contract/arduino/main.cpp && echo built`)
	build.shows("built\n")
	sketch := s.plays(t, "exec "+tool)
	sketch.shows("connected\nstored\n")
	bob.in().body(t, "im/in/c2c/kettle", saying("21.5 C"))
	mustSend(t, bob, "im/text/c2c/kettle", strings.Repeat("long", 100), 1) // is not sent to it
	mustSend(t, bob, "im/text/c2c/kettle", "on", 1)
	sketch.shows("\nheating\n")
	bob.bye(t)
	if err := s.Stop(); err != nil {
		t.Fatal(err)
	}
	sketch.shows("no connection, state -2\n")
	s = s.again(t, data)
	bob = s.listens(t, "bob")
	mustSend(t, bob, "im/text/c2c/kettle", "off", 1) // comes now, or when it is back
	sketch.shows("not heating\n")
	if strings.Contains(sketch.String(), "dropped") {
		t.Error("a packet was sent that has no room")
	}
}

// said are the messages of a page of history with a text.
func said(page object, text string) (found []object) {
	for _, m := range page.list("MsgList") {
		if m.text() == text {
			found = append(found, m)
		}
	}
	return found
}
