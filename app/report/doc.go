// Package report takes in what bots tell of themselves: that they are ready and alive, figures,
// and events. A run proves itself with a token that is derived from its id, so that nothing has to
// be stored and a token that was given out outlives Botswain. Figures are kept as sums by the hour;
// nothing here is about a single person.
package report
