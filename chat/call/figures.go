package call

import "sync/atomic"

// figures count signals since the start.
type figures struct {
	invited, accepted, rejected, cancels, timeouts atomic.Int64
}

func (f *figures) count(what action) {
	switch what {
	case accept:
		f.accepted.Add(1)
	case reject:
		f.rejected.Add(1)
	case cancel:
		f.cancels.Add(1)
	case timeout:
		f.timeouts.Add(1)
	}
}

// Counts are how many signals of each kind were sent since the start.
func (s *Service) Counts() map[string]int64 {
	return map[string]int64{
		"invite": s.invited.Load(), "accept": s.accepted.Load(), "reject": s.rejected.Load(),
		"cancel": s.cancels.Load(), "timeout": s.timeouts.Load(),
	}
}

// Waiting is how many calls wait for the time when they are due.
func (s *Service) Waiting() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.due)
}
