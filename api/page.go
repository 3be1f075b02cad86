package api

// How large an answer may be, by door, in bytes: over MQTT 64 KiB, or what the
// client takes when that is less (spec/00 §5), over REST 1 MB (spec/22a).
const (
	MostMQTT = 64 << 10
	MostREST = 1 << 20
)

// envelopeBytes is about what an answer has beside its members.
const envelopeBytes = 128

// Fitting gets pages until one has room. get is asked for at most so many entries,
// which 0 leaves to it, and tells how many its page has and how many bytes they take. A page
// of one entry is the answer however long that is.
func Fitting[P any](room, most int, get func(most int) (page P, entries, bytes int, err error)) (P, error) {
	for {
		page, entries, bytes, err := get(most)
		if err != nil || bytes <= room || entries <= 1 {
			return page, err
		}
		most = max(1, min(entries-1, entries*room/bytes))
	}
}
