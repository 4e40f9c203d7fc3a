"""How a model's suggestions moved the people who saw them.

**What is asked.** Of a suggested code that is wrong: how much more often does a coder give it who is shown it than one
who is not? That is the shift; the same is asked of right ones. People who are offered an answer stay near it (A.
Tversky, D. Kahneman, Judgment under uncertainty: heuristics and biases, Science 185 (1974), 1124-1131) and take a
machine's errors over (L. J. Skitka, K. L. Mosier, M. Burdick, Does automation bias decision-making?, International
Journal of Human-Computer Studies 51 (1999), 991-1006; K. Goddard, A. Roudsari, J. C. Wyatt, Automation bias, Journal of
the American Medical Informatics Association 19 (2012), 121-127); annotators do, too (K. Fort, B. Sagot, Influence of
pre-annotation on POS-tagged corpus development, LAW IV 2010, 56-63).

**Who says what is right.** ``plain``: another coder of the same unit who was not shown anything, and never the one who
is judged. A suggested code is wrong, as far as one such judge goes, if the judge did not give it; where a unit has
several, it is the mean over them, each one being the majority of one. A majority in which the judged coder's own
reading counts would not do: a plain coder would agree with it by construction, the others would not, and a pull would
be found where there is none. So readings with and without suggestions are judged in exactly the same way, by one
colleague who read plainly. Judges err, so some of the codes that they do not give are right; the shift is that on codes
which a colleague does not give.

``decisions``: the table of that name, by agreement or by the adjudicator, who sees no names and no arms. Whom it
concerns may have moved it: a wrong code that everybody gave counts as right, a right one that nobody gave as wrong.
Without a pull this favours neither side, but with one the shift is a little blurred. Only pairs within a unit count
then. What one coder decided alone, or coders who all saw the suggestion, judges nothing.

**What is compared.** ``within``: readings of the same units, of which some coders saw the suggestion and some did not.
``between``: where the only plain reader of a unit is the judge, readings of it with the suggestion against readings, of
other units, of which the same was suggested and nobody was shown it (table ``withheld``). Who sees what was drawn, so
these are comparable.

**How.** Shares are ratios of sums (J. Hajek, 1971, in Godambe and Sprott, Foundations of statistical inference, 236),
taken per coder with and without suggestions and averaged over coders as they were shown suggestions (direct
standardisation), so that a coder is compared with nobody but themselves. Intervals are bootstrapped over threads, see
:mod:`coding.agreement.interval`, and widened where there are few; how often they hold a pull that is known is what
``tests/bench/bench_influence.py`` prints.
"""
