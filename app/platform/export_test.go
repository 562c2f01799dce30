package platform

// Idle says whether no question, and nothing that comes after one, is under way: only then does the next
// look ask anew, however much time has passed.
func (s *Service) Idle() bool {
	s.asker.mu.Lock()
	defer s.asker.mu.Unlock()
	for _, e := range s.asker.entries {
		if e.turn {
			return false
		}
	}
	return true
}
