package webhook

import "testing"

func TestJudge(t *testing.T) {
	for _, c := range []struct {
		name string
		f    failing
		want ruling
	}{
		{"rejected for the first time", failing{}, again},
		{"rejected by somebody who answered others", failing{lately: true, since: true}, again},
		{"rejected the third time", failing{strikes: 2}, again},
		{"rejected the fourth time", failing{strikes: 3}, aside},
		{"rejected the fourth time, like everything", failing{strikes: 3, lately: false}, aside},
		{"rejected ahead of its time", failing{strikes: 3, early: true}, early},
		{"rejected ahead of its time, like everything", failing{early: true}, early},
		{"rejected after an absence that nobody saw the end of", failing{unproven: true, lately: true, strikes: 3}, anew},
		{"rejected after a doubt", failing{unproven: true, lately: true, since: true, strikes: 3}, anew},
		{"rejected ahead of its time after an absence", failing{unproven: true, early: true, strikes: 3}, early},

		{"nobody was ever there", failing{absent: true}, gone},
		{"nobody is there any more", failing{absent: true, strikes: 3}, gone},
		{"nobody is there any more, though others were answered since", failing{absent: true, strikes: 3, since: true}, gone},
		{"nobody answers a probe", failing{absent: true, early: true, strikes: 2}, gone},

		{"unanswered by somebody who answered others", failing{absent: true, lately: true}, again},
		{"unanswered the third time", failing{absent: true, lately: true, strikes: 2}, again},
		{"unanswered the fourth time, others were answered in between", failing{absent: true, lately: true, strikes: 3, since: true}, aside},
		{"unanswered the fourth time, and so were all others", failing{absent: true, lately: true, strikes: 3}, doubt},
		{"unanswered once more after a doubt", failing{absent: true, lately: true, since: true, unproven: true, strikes: 3}, aside},
		{"unanswered ahead of its time", failing{absent: true, lately: true, early: true, strikes: 3, since: true}, early},
	} {
		if got := judge(c.f); got != c.want {
			t.Errorf("%s: ruling %d, want %d", c.name, got, c.want)
		}
	}
}

// Of every case that can be: nothing is set aside before its tries are used up, nor
// while nobody has shown that the receiver is there.
func TestJudgeNeedsProof(t *testing.T) {
	for n := range 1 << 5 {
		for strikes := range 6 {
			f := failing{absent: n&1 > 0, early: n&2 > 0, lately: n&4 > 0, since: n&8 > 0, unproven: n&16 > 0, strikes: strikes}
			if judge(f) != aside {
				continue
			}
			if strikes < 3 || f.early || f.absent && (!f.lately || !f.since) || !f.absent && f.unproven {
				t.Errorf("%+v is set aside", f)
			}
		}
	}
}
