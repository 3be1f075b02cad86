// Package moderation keeps an app's lists of blocked words, and holds texts against them
// (spec/09 §E): what has a word of a list of Block is refused, what has one of a list of
// Replace says * in its place.
//
// Lists and words are rows of the app; what texts are held against is made of them, kept in
// memory, and made anew when the revision in the app's row has moved, by whichever door.
// Which texts are looked at is the matter of those who have them: rooms message and group are
// handed [Service.Body] and [Service.Texts], and nothing that is stored already is touched.
//
// Start at service.go for what happens to a text, at list.go for the lists.
package moderation
