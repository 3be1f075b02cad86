package server

import (
	"testing"
	"testing/synctest"
	"time"
)

// What is logged changes for a time, and goes back by itself to what the configuration says by then.
func TestLogLevelForATime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l, err := NewLevel("info")
		if err != nil {
			t.Fatal(err)
		}
		holds := func(want string) {
			t.Helper()
			if got := l.show().Level; got != want || nameOf(l.Level()) != want {
				t.Errorf("%s holds, want %s", got, want)
			}
		}
		differ := func(name string, lasts time.Duration) {
			t.Helper()
			if err := l.Differ(name, lasts); err != nil {
				t.Fatal(err)
			}
		}
		differ("debug", 10*time.Minute)
		if s := l.show(); s.Usual != "info" || s.Back != time.Now().Add(10*time.Minute).UnixMilli() {
			t.Errorf("shown: %+v", s)
		}
		time.Sleep(10*time.Minute - 1)
		holds("debug")
		time.Sleep(time.Nanosecond)
		synctest.Wait()
		holds("info")

		differ("debug", time.Minute)
		differ("error", 0) // for good: the first is forgotten
		time.Sleep(time.Hour)
		synctest.Wait()
		holds("error")

		differ("debug", time.Minute)
		if err := l.Set("warn"); err != nil { // the configuration was read again
			t.Fatal(err)
		}
		holds("warn")
		differ("debug", time.Minute)
		time.Sleep(time.Minute)
		synctest.Wait()
		holds("warn")
		if err := l.Differ("loud", 0); err == nil {
			t.Error("a level that there is not is taken")
		}
		holds("warn")
	})
}
