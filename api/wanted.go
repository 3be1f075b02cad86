package api

import (
	"reflect"
	"strings"
)

// particular is implemented by values that are read from some texts only, and says
// which.
type particular interface{ Wanted() string }

// wanted says what a member of a type has to be, for who has sent something else.
func wanted(t reflect.Type) string {
	if t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	switch own := reflect.New(t).Interface().(type) {
	case particular:
		return own.Wanted()
	case Worded:
		return `"` + strings.Join(own.Words(), `" or "`) + `"`
	case spelled:
		return listOf(own.TypeInJSON())
	}
	switch t.Kind() {
	case reflect.String:
		return "text"
	case reflect.Slice:
		one := wanted(t.Elem())
		if _, ok := reflect.New(t.Elem()).Interface().(particular); ok {
			return "a list, each " + one
		}
		return listOf("list of " + typeInJSON(t.Elem()))
	case reflect.Struct, reflect.Map:
		return "an object"
	case reflect.Uint32:
		return "a whole number from 0 to 4294967295"
	case reflect.Uint64:
		return "a whole number, not below 0"
	}
	return "a whole number"
}

// listOf puts the article to a type of a list of members.
func listOf(t string) string {
	of, isList := strings.CutPrefix(t, "list of ")
	switch {
	case !isList && t == "text":
		return t
	case !isList && t == "object":
		return "an object"
	case !isList:
		return "a " + t
	case of == "text":
		return "a list of text"
	}
	return "a list of " + of + "s"
}
