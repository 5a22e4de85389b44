import pytest

from eo.snap.console import Console, parameters_in, version_in

HELP = """Usage:
  gpt Calibration [options]

Description:
  Calibration of products

Source Options:
  -Ssource=<file>    Sets source 'source' to <filepath>.
                     This is a mandatory source.

Parameter Options:
  -PauxFile=<string>                                    The auxiliary file
                                                        Value must be one of 'Latest Auxiliary File'.
                                                        Default value is 'Latest Auxiliary File'.
  -PoutputBetaBand=<boolean>                            Output beta0 band
                                                        Default value is 'false'.
  -PselectedPolarisations=<string,string,string,...>    The list of polarisations

Graph XML Format:
  <graph id="someGraphId">
"""


def console(*pieces: str) -> Console:
    made = Console()
    for piece in pieces:
        made.feed(piece)
    return made


@pytest.mark.parametrize(
    ("pieces", "fraction"),
    [
        ([], 0.0),
        (["Executing processing graph\n", "....10%....20%", "....3", "0%"], 0.3),
        (["....1", "0%...", ".4", "0", "%"], 0.4),
        ([".", "...100%"], 1.0),
        (["....90%.... done.\n....10%"], 0.9),  # a second writer begins anew
        (["INFO: 55% of tiles\n"], 0.0),
        (["....200%"], 0.0),
        (["....40%", "x" * 100_000], 0.4),
    ],
)
def test_progress(pieces, fraction):
    assert console(*pieces).fraction == fraction


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", ""),
        ("....10%\nkilled\n", "killed"),
        ("Error: [NodeId: Read] No such file\n\tat org.esa.Op.run(Op.java:12)\n", "[NodeId: Read] No such file"),
        ("org.esa.snap.core.gpf.OperatorException: No DEM\n\tat a.b(C.java)\n\t... 20 more\n", "No DEM"),
        ("SEVERE: org.esa.snap: disk is full\n done\n", "org.esa.snap: disk is full"),
    ],
)
def test_reason(text, reason):
    assert console(text).reason() == reason


def test_tail_keeps_the_last_lines():
    lines = [f"line {n}" for n in range(1000)]
    assert console("\n".join(lines)).tail.splitlines() == lines[-40:]


def test_out_of_memory():
    assert console("java.lang.OutOfMemoryError: Java heap space").ran_out_of_memory()
    assert not console("all is well").ran_out_of_memory()


@pytest.mark.parametrize(
    ("text", "version"),
    [
        ("INFO: loading\nSNAP Release version 13.0.4\nSNAP home: /opt/snap", "13.0.4"),
        ("snap release version: 9.0", "9.0"),
        ("SNAP Release version not set", None),
        ("", None),
    ],
)
def test_version(text, version):
    assert version_in(text) == version


def test_parameters():
    assert parameters_in(HELP) == ("auxFile", "outputBetaBand", "selectedPolarisations")
    assert parameters_in("Error: Unknown operator 'Foo'.") == ()
