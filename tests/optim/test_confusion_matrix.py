"""Counts, rates and text of optim.ConfusionMatrix; rows and columns of optim.Logger."""

from __future__ import annotations

import numpy as np
import pytest

from th7shell import frontend, optim
from th7shell.lua import LuaError, new_table, tostring
from th7shell.torch.tensor import wrap


@pytest.fixture
def confusion():
    matrix = optim.ConfusionMatrix(new_table(["cat", "dog", "cow"]))
    matrix.batchAdd(wrap(np.array([1.0, 2, 2, 3, 1])), wrap(np.array([1.0, 2, 1, 3, 3])))
    return matrix


def test_counts_targets_in_rows(confusion):
    np.testing.assert_array_equal(confusion.mat.nd, [[1, 1, 0], [0, 1, 0], [1, 0, 1]])


def test_rates(confusion):
    confusion.updateValids()
    np.testing.assert_allclose(confusion.valids.nd, [0.5, 1, 0.5])
    assert confusion.totalValid == pytest.approx(3 / 5)
    assert confusion.averageValid == pytest.approx(2 / 3)
    np.testing.assert_allclose(confusion.unionvalids.nd, [1 / 3, 1 / 2, 1 / 2])


def test_text(confusion):
    lines = tostring(confusion).split("\n")
    assert lines[0] == "ConfusionMatrix:"
    assert lines[1] == "[[       1       1       0]   50.000% \t[class: cat]"
    assert lines[3] == " [       1       0       1]]  50.000% \t[class: cow]"
    assert lines[-1] == " + global correct: 60%"


def test_scores_count_by_their_maximum():
    by_class, by_score = optim.ConfusionMatrix(3), optim.ConfusionMatrix(3)
    scores = np.array([[0.1, 0.7, 0.2], [0.9, 0.0, 0.1]])
    by_score.batchAdd(wrap(scores), wrap(np.array([2.0, 3.0])))
    by_class.add(2, 2)
    by_class.add(wrap(scores[1]), 3)
    np.testing.assert_array_equal(by_score.mat.nd, by_class.mat.nd)
    by_score.zero()
    assert by_score.mat.nd.sum() == 0


def test_unlabelled_samples_do_not_count():
    matrix = optim.ConfusionMatrix(2)
    matrix.batchAdd(wrap(np.array([1.0, 2])), wrap(np.array([0.0, 2])))
    assert matrix.mat.nd.sum() == 1


def test_false_rates(confusion):
    class_frr, class_far, frr, far = confusion.farFrr()
    np.testing.assert_allclose(class_frr.nd, [0.5, 0, 0.5])
    np.testing.assert_allclose(class_far.nd, [0.25, 0.25, 0])
    assert frr.nd.shape == far.nd.shape == (3,)


@pytest.mark.parametrize(
    ("predictions", "targets", "words"),
    [
        (np.array([1.0]), np.array([4.0]), "outside the 3 classes"),
        (np.array([1.0, 2]), np.array([1.0]), "2 predictions for 1 targets"),
        (np.zeros((1, 1, 1)), np.array([1.0]), "invalid number of dimensions"),
    ],
)
def test_bad_batches_change_nothing(confusion, predictions, targets, words):
    before = confusion.mat.nd.copy()
    with pytest.raises(LuaError, match=words):
        confusion.batchAdd(wrap(predictions), wrap(targets))
    np.testing.assert_array_equal(confusion.mat.nd, before)


def test_picture_is_sorted_by_score(confusion):
    picture = confusion.render("score", False, 4)
    assert picture.nd.shape == (12, 12)
    assert picture.nd[0, 0] == 1
    with pytest.raises(LuaError, match="sort mode must be one of"):
        confusion.render("size")


def test_logger_writes_a_row_at_a_time(tmp_path):
    path = tmp_path / "train.log"
    logger = optim.Logger(str(path))
    logger.setNames(new_table(["loss", "accuracy"]))
    logger.add(new_table([0.5, 90]))
    logger.add(new_table([0.25, 95]))
    rows = [line.split() for line in path.read_text().splitlines()]
    assert rows == [
        ["loss", "accuracy"],
        ["5.0000e-01", "9.0000e+01"],
        ["2.5000e-01", "9.5000e+01"],
    ]
    np.testing.assert_array_equal(logger.columns()["loss"].nd, [0.5, 0.25])
    with pytest.raises(LuaError, match="1 values for the 2 columns"):
        logger.add(new_table([1]))


def test_logger_plots_to_the_front_end_and_to_a_file(tmp_path):
    logger = optim.Logger(str(tmp_path / "train.log"))
    logger.setNames(new_table(["loss"]))
    for value in (3, 2, 1):
        logger.add(new_table([value]))
    logger.style(new_table(["-"]))
    shown = []
    previous = frontend.install(lambda kind, value, **options: shown.append((kind, value)))
    try:
        logger.plot()
    finally:
        frontend.install(previous)
    ((kind, figure),) = shown
    assert (kind, figure.series[0].mark) == ("plot", "line")
    np.testing.assert_array_equal(figure.series[0].y, [3, 2, 1])
    assert (tmp_path / "train.log.svg").read_text().startswith("<svg")
