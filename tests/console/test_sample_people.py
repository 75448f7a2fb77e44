"""The sample's people: nobody is, by accident, the same person as somebody else."""

from collections import Counter

from console.demo.world import draw


def test_two_people_of_a_big_sample_are_never_born_on_one_day_under_one_name() -> None:
    sample = draw(seed=7, scale=100)
    people = [learner for group in sample.groups for learner in group.learners]
    known = Counter((learner.last_name, learner.first_name, learner.birth_on) for learner in people)
    assert len(people) == 40_000
    assert max(known.values()) == 1
