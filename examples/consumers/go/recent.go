package main

// rememberedIDs bounds what recent keeps. Where a copy may come after more messages, keep the ids in a database, under a
// unique key.
const rememberedIDs = 10_000

// recent remembers ids: a message comes at least once.
type recent struct {
	ids   map[string]struct{}
	order []string
}

func newRecent() *recent { return &recent{ids: map[string]struct{}{}} }

func (r *recent) has(id string) bool {
	_, known := r.ids[id]
	return known
}

// add reports whether the id is new.
func (r *recent) add(id string) bool {
	if r.has(id) {
		return false
	}
	r.ids[id] = struct{}{}
	if r.order = append(r.order, id); len(r.order) > rememberedIDs {
		delete(r.ids, r.order[0])
		r.order = r.order[1:]
	}
	return true
}
