package api

import "reflect"

// What descriptions are made of (package api/describe): the types that a row names, and
// what those say that a Go type cannot.

// Shaped is implemented by requests and answers that read or write their members by
// hand, and by values that are something else in JSON than in Go. Shape is a value of the type
// that says it: a struct whose tags name the members as those of other requests and answers do.
type Shaped interface{ Shape() any }

// Spread is implemented by shapes that have members besides their fields, all of
// them optional: those of a table that a filter chooses from.
type Spread interface{ Members() []Member }

// Worded is implemented by texts that are one of a few words.
type Worded interface{ Words() []string }

// Patterned is implemented by texts that follow a regular expression.
type Patterned interface{ Pattern() string }

// Either is implemented by values that come in several forms: it has one of each.
type Either interface{ Either() []any }

// Request is the type whose wire tags name the members of the command's request.
func (c *Command) Request() reflect.Type { return c.request }

// Answer is the type whose json tags name the members of the command's answer.
func (c *Command) Answer() reflect.Type { return c.answer }

// Bounds are how many entries a list of a request may have.
type Bounds struct{ Least, Most int }

// Takes says how many entries a list of the request may have, where it is the command
// itself that refuses others and not the core.
func (c *Command) Takes(member string, least, most int) *Command {
	if c.bounds == nil {
		c.bounds = map[string]Bounds{}
	}
	c.bounds[member] = Bounds{least, most}
	return c
}

// Bounds are those of the lists of the request, by the newest name of the member.
func (c *Command) Bounds() map[string]Bounds { return c.bounds }

// shapeOf is the type that says what T is in JSON.
func shapeOf[T any]() reflect.Type {
	if own, ok := any(new(T)).(Shaped); ok {
		return reflect.TypeOf(own.Shape())
	}
	return reflect.TypeFor[T]()
}

// DoorMethods are the methods that the MQTT door serves itself.
func DoorMethods() map[string]*Command { return doorMethods }
