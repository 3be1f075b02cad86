// Package systemd tells the service manager that started the program how the program is: that
// it is ready, reads its configuration again, stops, and still works. It speaks the protocol of
// sd_notify(3): datagrams of KEY=VALUE lines to the socket that the environment names. Other
// managers (podman, s6, runit with a helper) speak it too; without one nothing is sent.
// Start reading at [FromEnv].
package systemd

import (
	"errors"
	"fmt"
	"log/slog"
	"net"
	"strconv"
	"strings"
	"time"
)

// The variables of the protocol.
const (
	socketVariable      = "NOTIFY_SOCKET"
	watchdogVariable    = "WATCHDOG_USEC"
	watchdogPIDVariable = "WATCHDOG_PID"
)

// sendTime bounds the sending of one datagram: a manager that does not read must not hold the
// server up.
const sendTime = time.Second

// Notifier speaks to the service manager. Its zero value and nil have none, and do nothing.
type Notifier struct {
	socket   string
	watchdog time.Duration // within which the manager wants to hear; 0: it does not
	log      *slog.Logger
}

// FromEnv finds the service manager in the environment, as getenv gives it (os.Getenv), for the
// process pid. It is nil when there is none.
func FromEnv(getenv func(string) string, pid int, log *slog.Logger) (*Notifier, error) {
	socket := getenv(socketVariable)
	if socket == "" {
		return nil, nil
	}
	if !strings.HasPrefix(socket, "/") && !strings.HasPrefix(socket, "@") || len(socket) < 2 {
		return nil, fmt.Errorf("%s=%q: want the path of a socket, or @ and the name of an abstract one", socketVariable, socket)
	}
	n := &Notifier{socket: socket, log: log}
	if of := getenv(watchdogPIDVariable); of != "" && of != strconv.Itoa(pid) {
		return n, nil // another process is watched
	}
	text := getenv(watchdogVariable)
	if text == "" {
		return n, nil
	}
	usec, err := strconv.ParseInt(text, 10, 64)
	if err != nil || usec <= 0 || usec > int64(24*time.Hour/time.Microsecond) {
		return nil, fmt.Errorf("%s=%q: want microseconds, at most a day", watchdogVariable, text)
	}
	n.watchdog = time.Duration(usec) * time.Microsecond
	return n, nil
}

// Ready says that the server is ready, after a start or after [Notifier.Reloading]. status is
// one line for people (systemctl status).
func (n *Notifier) Ready(status string) { n.tell("READY=1", "STATUS="+line(status)) }

// Reloading says that the configuration is being read again. [Notifier.Ready] follows.
func (n *Notifier) Reloading() {
	n.tell("RELOADING=1", "MONOTONIC_USEC="+strconv.FormatInt(monotonic().Microseconds(), 10), "STATUS=reading the configuration again")
}

// Stopping says that the server ends.
func (n *Notifier) Stopping() { n.tell("STOPPING=1", "STATUS=stopping") }

// tell sends lines as one datagram. A manager that is gone is logged and changes nothing.
func (n *Notifier) tell(lines ...string) {
	if n == nil || n.socket == "" {
		return
	}
	if err := n.send(strings.Join(lines, "\n")); err != nil {
		n.log.Warn("the service manager was not told", "err", err)
	}
}

func (n *Notifier) send(text string) (err error) {
	conn, err := net.DialUnix("unixgram", nil, &net.UnixAddr{Name: n.socket, Net: "unixgram"}) // it knows what @ means
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, conn.Close()) }()
	if err := conn.SetWriteDeadline(time.Now().Add(sendTime)); err != nil {
		return err
	}
	_, err = conn.Write([]byte(text))
	return err
}

// line is text without line ends, which would begin another variable.
func line(text string) string {
	return strings.NewReplacer("\n", " ", "\r", " ").Replace(text)
}
