//go:build race

package exposition

// pools is whether a sync.Pool keeps what is put into it: under the race
// detector it drops some on purpose.
const pools = false
