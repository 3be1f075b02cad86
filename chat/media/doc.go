// Package media keeps account of the files that users send: who has uploaded what, which
// messages name it, who may read it, and when it goes. The bytes lie behind the port [Store].
package media
