package archive

import (
	"fmt"
	"regexp"
	"strconv"
	"time"

	"github.com/teahouse-im/teahouse/chat"
)

// Times of the original (spec/09 §F), in seconds: how long after the hour has ended its
// file can be asked for, and how long it is kept.
const (
	hourSeconds  = 60 * 60
	settleBefore = hourSeconds
	keepSeconds  = 7 * 24 * 60 * 60
)

// hourForm is how an hour is written.
const hourForm = "2006010215"

// hour is what one file is about.
type hour struct {
	kind  chat.Kind
	text  string // as it was asked for
	start int64  // Unix seconds
}

// kinds are the words for kinds of conversation, as they are asked for and in names.
var kinds = map[chat.Kind]string{chat.C2C: "C2C", chat.InGroup: "Group"}

func (s *Service) hourOf(kind chat.Kind, text string) (hour, error) {
	if kinds[kind] == "" {
		return hour{}, chat.Refuse(chat.CodeFileParameter, "ChatType has to be C2C or Group")
	}
	at, err := time.ParseInLocation(hourForm, text, s.Zone)
	if err != nil || len(text) != len(hourForm) {
		return hour{}, chat.Refuse(chat.CodeFileParameter, "MsgTime has to be an hour, as YYYYMMDDHH")
	}
	return hour{kind, text, at.Unix()}, nil
}

// gone is when the file of an hour that began then expires, Unix seconds. Messages may be
// kept for a shorter time than files: then the file goes with them.
func gone(app *chat.App, start int64) int64 {
	until := start + hourSeconds + keepSeconds
	if app == nil || app.Retention <= 0 {
		return until
	}
	return min(until, start+int64(app.Retention/time.Second))
}

// available refuses an hour whose file cannot be there.
func (h hour) available(app *chat.App, now int64) error {
	switch {
	case now >= gone(app, h.start):
		return chat.Refuse(chat.CodeFileExpired, "")
	case now < h.start+hourSeconds+settleBefore:
		return chat.Refuse(chat.CodeFileNotReady, "files are there an hour after their hour has ended")
	}
	return nil
}

// name is that of the file. The beginning of the hour is in it: the zone may change.
func (h hour) name() string { return fmt.Sprintf("%s-%s-%d.json.gz", kinds[h.kind], h.text, h.start) }

var nameForm = regexp.MustCompile(`^(?:C2C|Group)-[0-9]{10}-([0-9]{1,12})\.json\.gz$`)

// startOf reads the beginning of the hour out of a file's name; ok is false for names of
// other files.
func startOf(name string) (start int64, ok bool) {
	m := nameForm.FindStringSubmatch(name)
	if m == nil {
		return 0, false
	}
	start, err := strconv.ParseInt(m[1], 10, 64)
	return start, err == nil
}
