package history

import (
	"strings"
	"sync"
)

// maxSeries bounds the names of host series in the database: four times what a machine may have at once. What has no
// name there isn't stored, until names that nothing stored uses any more have gone.
const maxSeries = 2048

// fleeting says that a network interface is one that containers and virtual machines make: each start of one
// brings a new name, and what passes it passes others too. Loopback is of no interest either.
func fleeting(name string) bool {
	if name == "lo" {
		return true
	}
	for _, made := range []string{"veth", "docker", "br-", "cni", "cali", "lxc", "vnet", "tap", "podman"} {
		if strings.HasPrefix(name, made) {
			return true
		}
	}
	return false
}

// seriesIDs remembers which number each series of the host has in the database. They never change, but a
// name may go when nothing uses it: so what is written by comes from Add alone, which doesn't run beside Sweep.
type seriesIDs struct {
	mu    sync.Mutex
	ids   map[string]int32 // to write by
	names map[int32]string // to read by; the map isn't changed
}

// put takes over what is in the database; nil: it has to be asked again.
func (s *seriesIDs) put(ids map[string]int32) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.ids = ids
}

// of gives the numbers of the series that steps have, and how many names are known; missing are those without
// a number, which is 0.
func (s *seriesIDs) of(steps []*Step) (ids map[string]int32, missing []string, known int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	ids = map[string]int32{}
	for _, x := range steps {
		for _, h := range x.Host {
			if _, seen := ids[h.Name]; seen {
				continue
			}
			id := s.ids[h.Name]
			if ids[h.Name] = id; id == 0 {
				missing = append(missing, h.Name)
			}
		}
	}
	return ids, missing, len(s.ids)
}

// read gives the names that are known; the caller must not change them.
func (s *seriesIDs) read() map[int32]string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.names
}

// learn takes over names from the database, and gives them.
func (s *seriesIDs) learn(ids map[string]int32) map[int32]string {
	names := make(map[int32]string, len(ids))
	for name, id := range ids {
		names[id] = name
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.names = names
	return names
}
