from quorate import progress


def test_it_is_told_on_standard_error_or_to_whoever_listens(capsys, monkeypatch):
    monkeypatch.setattr(progress, "_listeners", [])
    progress.tell("compiling [1/2]")
    told = capsys.readouterr()
    assert (told.out, told.err) == ("", "compiling [1/2]\n")
    heard = []
    progress.listen(heard.append)
    progress.tell("compiling [2/2]")
    assert heard == ["compiling [2/2]"]
    assert not capsys.readouterr().err
