package core_test

import (
	"slices"
	"testing"
	"time"

	"github.com/teahouse-im/teahouse/chat"
)

// BenchmarkFillCommunity adds people to a community, as many at a time as one call may,
// until it has 100,000 members. s/100k is how long that takes; late/early compares the last
// tenth with the first.
func BenchmarkFillCommunity(b *testing.B) {
	const members, batch = 99_900, 300
	for _, e := range benchEngines {
		b.Run(e.name, func(b *testing.B) {
			s := benchService(b, e.open(b))
			var people []chat.UserID
			var profiles []chat.Profile
			for n := range members {
				people = append(people, benchName(n))
				profiles = append(profiles, chat.Profile{User: benchName(n)})
			}
			for page := range slices.Chunk(profiles, 100) {
				if _, err := s.People.Import(b.Context(), admin(), page); err != nil {
					b.Fatal(err)
				}
			}
			b.ResetTimer()
			for range b.N {
				g, err := s.Group.Create(b.Context(), admin(), chat.GroupDraft{Type: chat.Community, Name: "All", Owner: "user0"})
				if err != nil {
					b.Fatal(err)
				}
				var spent []time.Duration // of each call
				for page := range slices.Chunk(people, batch) {
					began := time.Now()
					if _, err := s.Group.AddMembers(b.Context(), admin(), g.ID, page, true); err != nil {
						b.Fatal(err)
					}
					spent = append(spent, time.Since(began))
				}
				tenth := len(spent) / 10
				b.ReportMetric(b.Elapsed().Seconds()/float64(b.N), "s/100k")
				b.ReportMetric(sum(spent[len(spent)-tenth:])/sum(spent[:tenth]), "late/early")
			}
		})
	}
}

func sum(list []time.Duration) (seconds float64) {
	for _, d := range list {
		seconds += d.Seconds()
	}
	return seconds
}
