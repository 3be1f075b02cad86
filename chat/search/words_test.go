package search

import "testing"

// TestWhatIsFound is the table of what a keyword is found in.
func TestWhatIsFound(t *testing.T) {
	for _, c := range []struct {
		keyword, text string
		want          bool
	}{
		{"tea", "Tea time", true},
		{"te", "green TEA", true}, // while it is typed
		{"ea", "tea", false},      // words are found by their beginning
		{"green tea", "Green, tea!", true},
		{"green te", "green tea", true},
		{"gree tea", "green tea", false}, // only the last may be begun
		{"tea green", "green tea", false},
		{"green tea", "green black tea", false},
		{"cafe", "CAFÉ", true},
		{"café", "cafe\u0301", true},
		{"uber", "Über", true},
		{"strasse", "Straße", true},
		{"STRASSE", "straße", true},
		{"oslo", "Øslo", true},
		{"tokyo", "ＴＯＫＹＯ　ｔｏｗｅｒ", true},
		{"１２３", "order 12345", true},
		{"٣٤", "34 coins", true},
		{"34", "٣٤ قطعة", true},

		{"茶", "喝茶吗", true}, // one character
		{"喝茶", "我们喝茶吧", true},
		{"茶喝", "喝茶", false},
		{"喝吗", "喝茶吗", false},
		{"你好世界", "你好，世界", true}, // signs between do not part
		{"iphone手机", "新的iPhone手机到了", true},
		{"手机", "iPhone手机", true},
		{"カタカナ", "ｶﾀｶﾅ", true},
		{"ガ", "ｶﾞｽ", true},
		{"が", "か", false}, // the mark makes another sound
		{"か", "が", false},
		{"スーパー", "スーパーマーケット", true},
		{"東京都", "東京都庁", true},
		{"안녕", "안녕하세요", true},
		{"하세", "안녕하세요", true},
		{"하", "한국", false},
		{"ที่", "อยู่ที่ไหน", true},
		{"ไหน", "อยู่ที่ไหน", true},
		{"สวัสดี", "สวัสดีครับ", true},
		{"مرحبا", "مَرْحَبًا بكم", true}, // vowels are not written
		{"احمد", "أحمد", true},
		{"مدرسه", "مدرسة", true},
		{"नमस्ते", "नमस्ते दुनिया", true},
		{"приве", "ПРИВЕТ", true},

		{"👍", "ok 👍🏽", true}, // any colour
		{"🎉", "party🎉🎉", true},
		{"❤", "❤️", true},
		{"example.com", "see https://example.com/tea?id=7", true},
		{"https://example.com/te", "see https://example.com/tea?id=7", true},
		{"id=7", "see https://example.com/tea?id=7", true},
		{"3.14", "pi is 3.14159", true},
		{"don't", "I don’t know", true},
		{"c++", "C++ and C", true},
		{"$5", "costs $50", true},
		{"user_1", "user_123", true},

		{"", "tea", false},
		{"...", "tea...", false},
		{"tea", "", false},
		{"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", true}, // longer than a word
	} {
		if got := Read(c.keyword).In(Read(c.text)); got != c.want {
			t.Errorf("%q in %q: %t, want %t (%v in %v)", c.keyword, c.text, got, c.want, Read(c.keyword), Read(c.text))
		}
	}
}

func TestKeywordsTogether(t *testing.T) {
	texts := []Words{Read("green tea"), Read("report.pdf")}
	for _, c := range []struct {
		words []string
		all   bool
		want  bool
	}{
		{nil, false, true},
		{nil, true, true},
		{[]string{"tea", "coffee"}, false, true},
		{[]string{"tea", "coffee"}, true, false},
		{[]string{"tea", "report"}, true, true}, // each in whichever text
		{[]string{"coffee"}, false, false},
		{[]string{"tea report"}, false, false}, // but none over two of them
		{[]string{"tea", "!"}, true, false},
		{[]string{"tea", "!"}, false, true},
	} {
		k := Keywords{All: c.all}
		for _, w := range c.words {
			k.List = append(k.List, Read(w))
		}
		if got := k.In(texts); got != c.want {
			t.Errorf("%q, all %t: %t, want %t", c.words, c.all, got, c.want)
		}
	}
}
