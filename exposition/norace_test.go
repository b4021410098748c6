//go:build !race

package exposition

// pools is whether a sync.Pool keeps what is put into it.
const pools = true
