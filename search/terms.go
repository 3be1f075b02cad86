package search

import (
	"unicode/utf8"

	index "github.com/blevesearch/bleve_index_api"

	room "github.com/teahouse-im/teahouse/chat/search"
)

// begun marks the term of the beginning of a word; beginnings of up to shortest characters
// have terms of their own, for longer ones the dictionary is searched.
const (
	begun    = "\x01"
	shortest = 2
)

// terms are what a document has of one field.
type terms index.TokenFrequencies

// once is what is said of every term: how often it stands there makes no difference.
var once = func() *index.TokenFreq {
	f := &index.TokenFreq{}
	f.SetFrequency(1)
	return f
}()

func (t terms) add(term string) { t[term] = once }

// addWords adds the terms by which a text is found: words and their beginnings, signs that
// stand alone, and pairs of them.
func (t terms) addWords(text room.Words) {
	for i, w := range text {
		t.add(w.Text)
		if !w.Sign {
			for n, at := 0, 0; n < shortest && at < len(w.Text); n++ {
				_, size := utf8.DecodeRuneInString(w.Text[at:])
				at += size
				t.add(begun + w.Text[:at])
			}
		} else if i > 0 && text[i-1].Sign {
			t.add(text[i-1].Text + w.Text)
		}
	}
}

// wanted is a term that a document must have; a beginning stands for all terms that begin so.
type wanted struct {
	term      string
	beginning bool
}

// wantedOf are the terms that every text has in which the keyword is found.
func wantedOf(k room.Words) (list []wanted) {
	for i, w := range k {
		last := i == len(k)-1
		switch {
		case w.Sign && i > 0 && k[i-1].Sign:
			list = append(list, wanted{term: k[i-1].Text + w.Text})
		case w.Sign && !last && k[i+1].Sign: // the pair says it
		case w.Sign || !last:
			list = append(list, wanted{term: w.Text})
		case utf8.RuneCountInString(w.Text) <= shortest:
			list = append(list, wanted{term: begun + w.Text})
		default:
			list = append(list, wanted{term: w.Text, beginning: true})
		}
	}
	return list
}
