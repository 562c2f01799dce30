package bot

import "slices"

// Levels sorts bots so that each comes in a later level than those of them that it starts after,
// straight or by a detour over bots that aren't among them; after gives what a bot starts after.
// Within a level the order of ids stays. Bots that wait for each other in a circle (definitions don't
// allow it) wait for nobody in it.
func Levels(ids []ID, after func(ID) []ID) [][]ID {
	depth := map[ID]int{}
	for _, id := range ids {
		depth[id] = 0
	}
	var levels [][]ID
	measured := map[ID]int{}
	var measure func(id ID, path []ID) int
	measure = func(id ID, path []ID) int {
		if d, ok := measured[id]; ok {
			return d
		}
		d := 0
		for _, need := range after(id) {
			if slices.Contains(path, need) || need == id {
				continue
			}
			below := measure(need, append(path, id))
			if _, among := depth[need]; among {
				below++
			}
			d = max(d, below)
		}
		measured[id] = d
		return d
	}
	for _, id := range ids {
		d := measure(id, nil)
		for len(levels) <= d {
			levels = append(levels, nil)
		}
		levels[d] = append(levels[d], id)
	}
	return slices.DeleteFunc(levels, func(l []ID) bool { return len(l) == 0 })
}

// Needs lists what a bot starts after, straight or by a detour, without bots that also start after
// it.
func Needs(id ID, after func(ID) []ID) []ID {
	all := reach(id, after)
	return slices.DeleteFunc(all, func(need ID) bool {
		return need == id || slices.Contains(reach(need, after), id)
	})
}

func reach(id ID, after func(ID) []ID) []ID {
	var all []ID
	for queue := []ID{id}; len(queue) > 0; queue = queue[1:] {
		for _, need := range after(queue[0]) {
			if !slices.Contains(all, need) {
				all = append(all, need)
				queue = append(queue, need)
			}
		}
	}
	return all
}
