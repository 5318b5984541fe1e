import asyncio, time
from tests.isolation.siege import besiege, _Campaign
def test_x(urls, make_attacked, issuer):
    for th in (False, True):
        t=time.time()
        s = asyncio.run(besiege(make_attacked(urls), urls.superuser, issuer, thorough=th))
        print(time.time()-t, len(s.battles[0].reads), len(s.battles[0].volleys))
    assert 0
