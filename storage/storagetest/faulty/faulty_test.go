package faulty_test

import (
	"errors"
	"reflect"
	"testing"

	"github.com/teahouse-im/teahouse/chat"
	"github.com/teahouse-im/teahouse/storage/memory"
	"github.com/teahouse-im/teahouse/storage/storagetest/faulty"
)

// Every method of the port that can fail is made to fail, and only when it is
// asked to.
func TestEveryMethodCanFail(t *testing.T) {
	broken := errors.New("disk on fire")
	port := reflect.TypeFor[chat.Store]()
	for i := range port.NumMethod() {
		name := port.Method(i).Name
		if name == "Clock" {
			continue
		}
		s := faulty.New(memory.New(memory.Options{}))
		s.Fail(name, 2, broken)
		for n, want := range []error{nil, broken, nil} {
			if err := call(s, name); !errors.Is(err, want) {
				t.Errorf("%s, call %d: got %v, want %v", name, n+1, err, want)
			}
		}
		s.FailAll(broken, name)
		if err := call(s, name); !errors.Is(err, broken) || s.Calls(name) != 4 {
			t.Errorf("%s, all fail: %v after %d calls", name, err, s.Calls(name))
		}
		s.FailAll(nil, name)
		if err := call(s, name); err != nil {
			t.Errorf("%s, no plan: %v", name, err)
		}
	}
}

// call calls a method with zero arguments and returns its error.
func call(s *faulty.Store, name string) error {
	m := reflect.ValueOf(s).MethodByName(name)
	in := make([]reflect.Value, m.Type().NumIn())
	for i := range in {
		in[i] = reflect.Zero(m.Type().In(i))
	}
	out := m.Call(in)
	err, _ := out[len(out)-1].Interface().(error)
	return err
}
