package search

import "time"

// Figures are for the operator: over all apps.
type Figures struct {
	Documents int64 // messages, users and groups
	Bytes     int64 // on the disk
	Making    int   // indexes that are made, or brought up to date after a start
	// Behind is how long that has been waiting which waits longest to be put into its index; 0:
	// nothing waits.
	Behind time.Duration
}

// Figures counts.
func (s *Service) Figures() (f Figures) {
	s.mu.Lock()
	list := make([]*worker, 0, len(s.workers))
	for _, w := range s.workers {
		list = append(list, w)
	}
	s.mu.Unlock()
	now := s.read.NowMs()
	for _, w := range list {
		w.mu.RLock()
		if w.index != nil {
			documents, bytes := w.index.Size()
			w.documents.Store(documents)
			w.bytes.Store(bytes)
		}
		w.mu.RUnlock()
		f.Documents += w.documents.Load()
		f.Bytes += w.bytes.Load()
		if w.percent.Load() < whole {
			f.Making++
		}
		if since := w.since.Load(); since != 0 {
			f.Behind = max(f.Behind, time.Duration(now-since)*time.Millisecond)
		}
	}
	return f
}
