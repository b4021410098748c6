package collector

// What the exporter says about itself is called beside the families.
const (
	// Exporter is what collect[] names: all of it. To a page it is an account's part:
	// the state of its polling, which any replica knows.
	Exporter = "exporter"
	// Own is the part that is the process' own: what it counted, whether it polls the
	// account, and what its store holds of it. It comes with Exporter, but not on
	// /probe, which any replica answers alike.
	Own = "own"
)
