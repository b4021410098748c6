// Package simulation runs whole exporters in a simulated world: WeChat, receivers
// of the history, the disk, the clock and other replicas misbehave as a script says,
// and at each quiet moment rules must hold for what users see. Time is that of a
// synctest bubble, so years pass in minutes.
//
// It stands on the outside. An exporter is started as the program starts it, and is
// judged by its pages, its export, its log, and what it sends. What the pages are to
// show is read off the documents (documents_test.go), not off the exporter's tables.
package simulation
